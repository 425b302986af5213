"""The electronic signing provider.

An envelope exists once for its `reference`: the same one again is answered with where it stands, another under the same
reference is refused (409). Each signer is sent a code with it, and another one on `/code`; on the bank's page he signs
with it (`/sign`, five tries a code) or refuses (`/refuse`). `/e-signing/phone` shows the codes as his phone would, and
`GET /_sandbox/e-signing/envelopes` to machines. The provider's own page is `POST /_sandbox/e-signing/act {reference,
signer, action, code}`: there he may `sign` with the code, sign with his `face`, or `refuse` (`reason`). Past its day an
envelope is EXPIRED. Each change is posted, signed, to SANDBOX_E_SIGNING_CALLBACK.
"""
