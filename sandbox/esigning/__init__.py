"""The electronic signing provider.

An envelope exists once for its `reference`: the same one again is answered with where it stands, another under the same
reference is refused (409). Each signer is sent a code; `GET /_sandbox/e-signing/envelopes` shows the codes as his phone
would. `POST /_sandbox/e-signing/act {reference, signer, action, code}` lets him `sign` with the code, sign with his
`face`, or `refuse` (`reason`). An envelope past its day is EXPIRED. Each change is posted, signed, to
SANDBOX_E_SIGNING_CALLBACK.
"""
