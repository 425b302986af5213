"""One reason why an application cannot move."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Blocker:
    """A stable code, a Chinese sentence, and the field it is about, if it is about one."""

    code: str
    detail: str
    field: str = ""

    def as_dict(self) -> dict[str, str]:
        """For the problem document and the phone's list of what is missing."""
        return {name: value for name, value in asdict(self).items() if value}
