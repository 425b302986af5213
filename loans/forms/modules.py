"""The step modules that have a form; a further one is a file beside the others and a line here."""

from loans.codes import Step
from loans.forms import applicant, business, collateral, spouse_guarantor
from loans.forms.module import StepModule

MODULES: dict[Step, StepModule] = {
    module.step: module for module in (applicant.MODULE, business.MODULE, spouse_guarantor.MODULE, collateral.MODULE)
}
