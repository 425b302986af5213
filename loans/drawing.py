"""The state machine as documents, drawn from the code: a graph for Graphviz, and a page with the table."""

from loans.blockers import BY_SYSTEM
from loans.machine import MOVES, Move
from loans.states import OWNER, TERMINAL, State
from organization.access import ACCESS
from organization.roles import Role

TITLE = "Loan application: states and moves"
_INTRO = (
    "Drawn from `loans/machine.py` by `manage.py draw_state_machine`; a test fails where the two differ. "
    "What has to be fulfilled before a move stands in `loans/blockers.py`."
)


def dot() -> str:
    """For Graphviz."""
    lines = ["digraph loan_application {", "  rankdir=TB;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    for state in State:
        peripheries = 2 if state in TERMINAL else 1
        lines.append(f'  {state.value} [label="{state.value}\\n{state.label}", peripheries={peripheries}];')
    lines.append('  start [shape=point]; start -> DRAFT [label="create"];')
    lines += [
        f'  {source.value} -> {move.target.value} [label="{move.name}"];'
        for move in MOVES.values()
        for source in move.sources
    ]
    return "\n".join([*lines, "}", ""])


def page() -> str:
    """Markdown: diagram, states, moves."""
    return "\n".join([f"# {TITLE}", "", _INTRO, "", *_diagram(), "", *_states(), "", *_moves(), ""])


def _diagram() -> list[str]:
    arrows = [
        f"    {source.value} --> {move.target.value}: {move.name}" for move in MOVES.values() for source in move.sources
    ]
    ends = [f"    {state.value} --> [*]" for state in State if state in TERMINAL]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> DRAFT: create", *arrows, *ends, "```"]


def _states() -> list[str]:
    rows = [
        f"| {number} | `{state.value}` | {state.label} | {OWNER[state].label} | {'yes' if state in TERMINAL else ''} |"
        for number, state in enumerate(State, 1)
    ]
    return ["## States", "", "| # | state | 中文 | whose turn | end |", "| --- | --- | --- | --- | --- |", *rows]


def _moves() -> list[str]:
    rows = [
        f"| `{move.name}` | {move.label} | {' '.join(f'`{each.value}`' for each in move.sources)} "
        f"| `{move.target.value}` | {_who(move)} |"
        for move in MOVES.values()
    ]
    return ["## Moves", "", "| move | 中文 | from | to | by |", "| --- | --- | --- | --- | --- |", *rows]


def _who(move: Move) -> str:
    """Roles in the order of the access table's enum, and the system where it may by itself."""
    roles = [role.label for role in Role if move.action and role in ACCESS[move.action]]
    return "、".join([*roles, *(["系统"] if move.name in BY_SYSTEM else [])])
