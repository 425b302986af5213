"""A relationship manager takes an application from the first word to the file that is handed in."""

from tests.loans.builders import Case, done


def test_the_whole_intake(case: Case) -> None:
    case.to("SUBMITTED")
    file = done(case.rm.get(case.url))
    assert [line["to_state"] for line in file["timeline"]] == [
        "DRAFT",
        "ACCEPTED",
        "ID_VERIFIED",
        "CREDIT_AUTHORIZED",
        "INVESTIGATING",
        "SUBMITTED",
    ]
