// Where the live server is and who may sign in, as the pytest that started us says; and a connection.
import jsforce from 'jsforce';

export const live = JSON.parse(process.env.ORDERWRIGHT_LIVE);
export const oauth2 = { loginUrl: live.url, clientId: live.clientId, clientSecret: live.clientSecret };

export async function connected() {
  const conn = new jsforce.Connection({ oauth2, logLevel: 'NONE' });
  await conn.authorize({ grant_type: 'client_credentials' });
  return conn;
}
