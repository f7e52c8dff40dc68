"""Resources below /commerce/payments: what they take in and give out, and how it is read and shown.

Unlike order management's, these outputs have no `success` and no `errors`: a failure of the gateway is one `error`
beside the gateway's own answer and the log of the exchange. Card numbers, security codes, account numbers and tokens
are marked `Hidden`: no repr and no error message repeats them.

Source: connect-api/returns-payments-inventory.yaml#payments (documented).
"""
