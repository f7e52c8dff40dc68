// One line of JSON for each test, for the pytest that started us.
export default async function* (source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const error = data.details.error;
    yield `${JSON.stringify({
      name: data.name,
      passed: type === 'test:pass',
      message: error ? String(error.cause?.stack ?? error.message) : '',
    })}\n`;
  }
}
