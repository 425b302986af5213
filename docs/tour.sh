# Five minutes with a relationship manager's phone. Start `bin/run` first; paste this into a shell in the project folder.
BANK=${BANK:-http://127.0.0.1:8000/api/v1}
DEVICE=tour-phone
field() { python3 -c "import json,sys; v=json.load(sys.stdin); [v:=v[int(k) if k.isdigit() else k] for k in '$1'.split('.')]; print(v)"; }
key() { python3 -c "import uuid; print(uuid.uuid4())"; }

# 1. Sign in. The token is good on this device alone.
TOKEN=$(curl -s $BANK/auth/token -H "X-Device-Id: $DEVICE" -H 'Content-Type: application/json' \
  -d '{"employee_no": "R00104", "password": "aladdin-demo-1"}' | field token)
ask() { curl -s -H "Authorization: Token $TOKEN" -H "X-Device-Id: $DEVICE" "$@"; }
ask $BANK/me; echo

# 2. My customers: masked, mine alone. Found by characters, or by pinyin initials.
ask "$BANK/customers?limit=3"; echo
CUSTOMER=$(ask "$BANK/customers?limit=1" | field results.0.id)
ask $BANK/customers/$CUSTOMER; echo

# 3. A loan: the draft, what is still missing, taking it up. B is a colleague of the same sub-branch.
ask "$BANK/loan-products"; echo
COLLEAGUE=$(curl -s $BANK/auth/token -H "X-Device-Id: other" -H 'Content-Type: application/json' \
  -d '{"employee_no": "R00103", "password": "aladdin-demo-1"}' | field staff.id)
LOAN=$(ask $BANK/loan-applications -H "Idempotency-Key: $(key)" -H 'Content-Type: application/json' -d '{
  "customer": "'$CUSTOMER'", "product": "PERSONAL_CONSUMPTION", "co_investigator": "'$COLLEAGUE'",
  "amount": "80000.00", "term_months": 12, "purpose": "HOME_IMPROVEMENT", "repayment_method": "EQUAL_INSTALLMENT",
  "repayment_day": 15, "occupation": "EMPLOYED", "marital_status": "SINGLE", "employer": "燕赵商贸有限公司",
  "monthly_income": "20000.00", "monthly_debt": "0.00", "identity_is_long_term": true}' | field id)
ask $BANK/loan-applications/$LOAN/next; echo
ask -X POST $BANK/loan-applications/$LOAN/accept -H "Idempotency-Key: $(key)"; echo

# 4. The customer's identity, against the sandbox of the citizens' register; then his consent to the bureau query.
ask $BANK/loan-applications/$LOAN/identity-checks -H "Idempotency-Key: $(key)" -F face=@docs/samples/face.jpg; echo
CONSENT=$(ask $BANK/loan-applications/$LOAN/credit-consent-text | field sha256)
ask $BANK/loan-applications/$LOAN/credit-authorizations -H "Idempotency-Key: $(key)" \
  -F signature=@docs/samples/signature.jpg -F text_sha256=$CONSENT -F place=支行营业厅; echo

# 5. A move out of order is refused, with all its reasons.
ask -X POST $BANK/loan-applications/$LOAN/submit -H "Idempotency-Key: $(key)"; echo

# 6. Where do I stand this month, who is ahead, by how much; and what has the bank told me?
ask "$BANK/performance/standing?metric=LOAN_DISBURSED&period=MONTH"; echo
ask "$BANK/notices?limit=3"; echo
