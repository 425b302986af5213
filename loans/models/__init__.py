"""Every table of the room."""

from loans.models.account import LoanAccount, Payment, RepaymentInstalment
from loans.models.application import ApplicationTransition, LoanApplication, ReturnItem
from loans.models.areas import LendingArea
from loans.models.authority import ApprovalDelegation, ApprovalDesk, ChainRule
from loans.models.business import BusinessInformation
from loans.models.cash_flow import CashFlowLine, CashFlowSheet
from loans.models.collateral import Collateral
from loans.models.committee import CommitteeSeat, CommitteeSitting, CommitteeVote
from loans.models.conditions import ConditionPrecedent, Withdrawal
from loans.models.consent import ConsentText, CreditGrantUse, CreditQueryAlert
from loans.models.contract import Contract, CostDisclosure
from loans.models.credit import CreditAuthorization, CreditReport, CreditReportView, IdentityCheck
from loans.models.decisions import ApprovalAuthority, ApprovalDecision, ReviewOpinion
from loans.models.desks import DeskAssignment, StepPace
from loans.models.drafts import FieldChange, FieldConflict
from loans.models.draw import Draw, DrawTransition
from loans.models.esigning import SigningEnvelope
from loans.models.findings import ApplicationTrait, FindingAnswer, LocatedAddress
from loans.models.imaging import (
    MaterialView,
    PictureFingerprint,
    PictureMatch,
    Upload,
    UploadPart,
    ViewPurpose,
)
from loans.models.interview import Interview, InterviewAnswer
from loans.models.investigation import DueDiligence, Material
from loans.models.link import CustomerLink, LinkSession, LinkUpload
from loans.models.listed import ListedPerson
from loans.models.matrix import AuthorityChange, AuthorityDraft, AuthoritySimulation, SimulatedDecision
from loans.models.offer import LoanOffer
from loans.models.one_time import CodeCount, OneTimeCode
from loans.models.paper import ContractSigner, LoanPaper
from loans.models.party import LoanParty
from loans.models.product_parts import PlannedCheck, ProductTemplate, StepFieldRule
from loans.models.products import (
    ApprovalTier,
    LoanProduct,
    LoanProductVersion,
    LprQuote,
    ProductFee,
    RequiredMaterial,
)
from loans.models.reading import DocumentReading, ReadField
from loans.models.reason import ClosingReason
from loans.models.related import RelatedGroup, RelatedGroupMember, StaffRelative
from loans.models.repayment import LatenessOfDay, Prepayment, Repayment
from loans.models.repayment_rule import RepaymentRule
from loans.models.report import InvestigationReport
from loans.models.rules import DecisionRule, DecisionRuleVersion, DecisionRun, RuleResult
from loans.models.schedule import RepaymentAgreement, ScheduleVersion
from loans.models.scorecards import (
    ApplicationScore,
    Scorecard,
    ScorecardAttribute,
    ScorecardBand,
    ScorecardBin,
    ScorecardVersion,
    ScoreContribution,
)
from loans.models.template import ContractTemplate, TemplateClause
from loans.models.told import BorrowerNotice

__all__ = [
    "ApplicationScore",
    "ApplicationTrait",
    "ApplicationTransition",
    "ApprovalAuthority",
    "ApprovalDecision",
    "ApprovalDelegation",
    "ApprovalDesk",
    "ApprovalTier",
    "AuthorityChange",
    "AuthorityDraft",
    "AuthoritySimulation",
    "BorrowerNotice",
    "BusinessInformation",
    "CashFlowLine",
    "CashFlowSheet",
    "ChainRule",
    "ClosingReason",
    "CodeCount",
    "Collateral",
    "CommitteeSeat",
    "CommitteeSitting",
    "CommitteeVote",
    "ConditionPrecedent",
    "ConsentText",
    "Contract",
    "ContractSigner",
    "ContractTemplate",
    "CostDisclosure",
    "CreditAuthorization",
    "CreditGrantUse",
    "CreditQueryAlert",
    "CreditReport",
    "CreditReportView",
    "CustomerLink",
    "DecisionRule",
    "DecisionRuleVersion",
    "DecisionRun",
    "DeskAssignment",
    "DocumentReading",
    "Draw",
    "DrawTransition",
    "DueDiligence",
    "FieldChange",
    "FieldConflict",
    "FindingAnswer",
    "IdentityCheck",
    "Interview",
    "InterviewAnswer",
    "InvestigationReport",
    "LatenessOfDay",
    "LendingArea",
    "LinkSession",
    "LinkUpload",
    "ListedPerson",
    "LoanAccount",
    "LoanApplication",
    "LoanOffer",
    "LoanPaper",
    "LoanParty",
    "LoanProduct",
    "LoanProductVersion",
    "LocatedAddress",
    "LprQuote",
    "Material",
    "MaterialView",
    "OneTimeCode",
    "Payment",
    "PictureFingerprint",
    "PictureMatch",
    "PlannedCheck",
    "Prepayment",
    "ProductFee",
    "ProductTemplate",
    "ReadField",
    "RelatedGroup",
    "RelatedGroupMember",
    "Repayment",
    "RepaymentAgreement",
    "RepaymentInstalment",
    "RepaymentRule",
    "RequiredMaterial",
    "ReturnItem",
    "ReviewOpinion",
    "RuleResult",
    "ScheduleVersion",
    "ScoreContribution",
    "Scorecard",
    "ScorecardAttribute",
    "ScorecardBand",
    "ScorecardBin",
    "ScorecardVersion",
    "SigningEnvelope",
    "SimulatedDecision",
    "StaffRelative",
    "StepFieldRule",
    "StepPace",
    "TemplateClause",
    "Upload",
    "UploadPart",
    "ViewPurpose",
    "Withdrawal",
]
