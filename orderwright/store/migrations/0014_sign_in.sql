-- Who may sign in, how, and what they may do then (docs/signing-in.md). None of this belongs to an order: but for the
-- records of users and permission sets, the shard rules do not apply. Secrets and tokens are kept as SHA-256 of 256
-- random bits, passwords by scrypt.

CREATE TABLE "permission_set" (
    "shard" smallint NOT NULL,
    "id" text COLLATE "C" NOT NULL,
    "is_deleted" boolean NOT NULL DEFAULT false,
    "created_date" timestamp(3) with time zone,
    "created_by_id" text COLLATE "C",
    "last_modified_date" timestamp(3) with time zone,
    "last_modified_by_id" text COLLATE "C",
    "system_modstamp" timestamp(3) with time zone,
    "custom" jsonb NOT NULL DEFAULT '{}',
    "name" text NOT NULL,
    "label" text NOT NULL,
    "description" text,
    "is_custom" boolean NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX ON "permission_set" (shard, lower(name)) WHERE NOT is_deleted;

CREATE TABLE "permission_set_assignment" (
    "shard" smallint NOT NULL,
    "id" text COLLATE "C" NOT NULL,
    "is_deleted" boolean NOT NULL DEFAULT false,
    "created_date" timestamp(3) with time zone,
    "created_by_id" text COLLATE "C",
    "last_modified_date" timestamp(3) with time zone,
    "last_modified_by_id" text COLLATE "C",
    "system_modstamp" timestamp(3) with time zone,
    "custom" jsonb NOT NULL DEFAULT '{}',
    "assignee_id" text COLLATE "C" NOT NULL,
    "permission_set_id" text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, id),
    FOREIGN KEY (shard, assignee_id) REFERENCES "user" (shard, id)
);
CREATE UNIQUE INDEX ON "permission_set_assignment" (shard, assignee_id, permission_set_id) WHERE NOT is_deleted;

-- One row for each right of a permission set, as text: 'Read Order', 'Run submit-cancel', 'Administer'.
CREATE TABLE "permission" (
    "permission_set_id" text COLLATE "C" NOT NULL,
    "granted" text COLLATE "C" NOT NULL,
    PRIMARY KEY (permission_set_id, granted)
);

-- How users are found by name, in lower case, and what they prove themselves with.
CREATE TABLE "login" (
    "username" text COLLATE "C" PRIMARY KEY,
    "user_id" text COLLATE "C" NOT NULL UNIQUE,
    "password_hash" text,
    "security_token_hash" bytea
);

-- Attempts that have not succeeded, counted before the password is looked at: no number of them at once gets past.
CREATE TABLE "failed_login" (
    "username" text COLLATE "C" PRIMARY KEY,
    "attempts" integer NOT NULL,
    "last_at" timestamp(3) with time zone NOT NULL
);
CREATE INDEX ON "failed_login" ("last_at");

ALTER TABLE "oauth_client" ALTER COLUMN "secret_hash" DROP NOT NULL;
ALTER TABLE "oauth_client" ADD COLUMN "flows" text[] NOT NULL DEFAULT '{client_credentials}';
ALTER TABLE "oauth_client" ADD COLUMN "scopes" text[] NOT NULL DEFAULT '{api}';
ALTER TABLE "oauth_client" ADD COLUMN "redirect_uris" text[] NOT NULL DEFAULT '{}';
ALTER TABLE "oauth_client" ADD COLUMN "public_key" text;

-- For whom a client may get tokens without their password: they said so on the consent page, or an administrator did.
CREATE TABLE "oauth_approval" (
    "client_id" text COLLATE "C" NOT NULL REFERENCES "oauth_client" ("client_id") ON DELETE CASCADE,
    "user_id" text COLLATE "C" NOT NULL,
    "approved_at" timestamp(3) with time zone NOT NULL,
    PRIMARY KEY (client_id, user_id)
);

-- A sign-in that can be renewed: its refresh token, and the access tokens that go when it is revoked.
CREATE TABLE "oauth_grant" (
    "grant_id" uuid PRIMARY KEY,
    "client_id" text COLLATE "C" NOT NULL REFERENCES "oauth_client" ("client_id") ON DELETE CASCADE,
    "user_id" text COLLATE "C" NOT NULL,
    "scopes" text[] NOT NULL,
    "refresh_hash" bytea UNIQUE,
    "created_at" timestamp(3) with time zone NOT NULL
);

CREATE TABLE "oauth_code" (
    "code_hash" bytea PRIMARY KEY,
    "client_id" text COLLATE "C" NOT NULL REFERENCES "oauth_client" ("client_id") ON DELETE CASCADE,
    "user_id" text COLLATE "C" NOT NULL,
    "scopes" text[] NOT NULL,
    "redirect_uri" text NOT NULL,
    "challenge" text,
    "expires_at" timestamp(3) with time zone NOT NULL,
    "grant_id" uuid
);
CREATE INDEX ON "oauth_code" ("expires_at");

-- Who is signed in on the login page of this browser, between the login and the consent.
CREATE TABLE "browser_session" (
    "ticket_hash" bytea PRIMARY KEY,
    "user_id" text COLLATE "C" NOT NULL,
    "expires_at" timestamp(3) with time zone NOT NULL
);
CREATE INDEX ON "browser_session" ("expires_at");

-- Tokens live for hours and clients ask for a new one on 401: those that are out are simply taken back.
DELETE FROM "oauth_token";
ALTER TABLE "oauth_token" ALTER COLUMN "client_id" DROP NOT NULL;
ALTER TABLE "oauth_token" ADD COLUMN "user_shard" smallint NOT NULL;
ALTER TABLE "oauth_token" ADD COLUMN "scopes" text[] NOT NULL;
ALTER TABLE "oauth_token" ADD COLUMN "grant_id" uuid REFERENCES "oauth_grant" ("grant_id") ON DELETE CASCADE;
CREATE INDEX ON "oauth_token" ("grant_id") WHERE grant_id IS NOT NULL;

INSERT INTO "permission_set" ("shard", "id", "name", "label", "description", "is_custom") VALUES
    (0, '0PS000000000001', 'SystemAdministrator', 'System Administrator', 'May do everything', false),
    (0, '0PS000000000002', 'ReadOnly', 'Read Only', 'Reads all records but those of payments', false),
    (0, '0PS000000000003', 'OrderManagementAgent', 'Order Management Agent',
     'Serves shoppers: cancels, returns, discounts, refunds', false),
    (0, '0PS000000000004', 'FulfillmentOperator', 'Fulfillment Operator',
     'Works on fulfillment orders, stock and capacity', false),
    (0, '0PS000000000005', 'StorefrontIntegration', 'Storefront Integration',
     'Places orders, authorizes payments, reserves stock', false);

INSERT INTO "permission" ("permission_set_id", "granted")
SELECT '0PS000000000001', unnest(ARRAY[
    'Read *', 'Create *', 'Edit *', 'Delete *', 'Run *', 'View Payments', 'Administer'])
UNION ALL SELECT '0PS000000000002', 'Read *'
UNION ALL SELECT '0PS000000000003', unnest(ARRAY[
    'Read *', 'View Payments', 'Edit Account', 'Edit Contact', 'Edit OrderSummary', 'Edit OrderDeliveryGroupSummary',
    'Create ProcessException', 'Edit ProcessException',
    'Run submit-cancel', 'Run submit-return', 'Run adjust-item-submit', 'Run create-credit-memo',
    'Run ensure-refunds-async', 'Run ensure-funds-async'])
UNION ALL SELECT '0PS000000000004', unnest(ARRAY[
    'Read *', 'Edit FulfillmentOrder', 'Edit FulfillmentOrderLineItem',
    'Create ProcessException', 'Edit ProcessException',
    'Run create-fulfillment-orders', 'Run create-multiple', 'Run cancel-item', 'Run create-invoice',
    'Run create-multiple-invoices', 'Run distribute-quantities',
    'Run find-routes-with-fewest-splits', 'Run rank-by-average-distance',
    'Run get-availability', 'Run batch-update', 'Run upload-availability', 'Run create-reservation',
    'Run update-reservation', 'Run fulfill-reservation', 'Run release-reservation', 'Run transfer-reservation',
    'Run get-capacity-values', 'Run hold-capacity', 'Run confirm-held-capacity', 'Run release-held-capacity'])
UNION ALL SELECT '0PS000000000005', unnest(ARRAY[
    'Read *', 'Create Account', 'Create Contact', 'Edit Account', 'Edit Contact',
    'Create Order', 'Create OrderItem', 'Create OrderDeliveryGroup', 'Create OrderAdjustmentGroup',
    'Create OrderItemAdjustmentLineItem', 'Create OrderItemTaxLineItem', 'Edit Order',
    'Create CardPaymentMethod', 'Create DigitalWallet', 'Create AlternativePaymentMethod',
    'Create PaymentAuthorization', 'Create Payment', 'Create PaymentGroup',
    'Run create-order-summary', 'Run create-order-payment-summary', 'Run authorize', 'Run sale', 'Run post-authorize',
    'Run tokenize-payment-method', 'Run get-availability', 'Run create-reservation', 'Run release-reservation']);

-- Until now every client could do everything: those there are keep that, by an assignment that can be seen and ended.
INSERT INTO "permission_set_assignment" ("shard", "id", "created_date", "created_by_id", "last_modified_date",
    "last_modified_by_id", "system_modstamp", "assignee_id", "permission_set_id")
SELECT u.shard, '0Pa' || substr(u.id, 4), u.created_date, u.id, u.created_date, u.id, u.created_date, u.id,
    '0PS000000000001'
FROM "user" u JOIN "oauth_client" c ON c.user_id = u.id;

INSERT INTO "login" ("username", "user_id") SELECT lower(u.username), u.id FROM "user" u;
