"""The desk that plays Stripe's server in the demonstration and in tests: Checkout, refunds, signed webhooks.

It speaks the part of Stripe's API that the product uses, as https://docs.stripe.com/api describes it, so the
`stripe` SDK reaches it by its address alone. It holds no money and refuses to serve beyond this machine.
"""
