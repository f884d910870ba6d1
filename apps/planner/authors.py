"""Who saved a scenario, and who may therefore see it: a plan names enterprises, and is of the view that it was made on.

Where nobody signs in people write their names. An account writes its login with its role and unit, as they were when it
saved; whoever has the same view may open what was saved from it, and so may the city centre and the bureau.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ipps_geo.ledger.accounts import DESK
from ipps_geo.ledger.views import WHOLE
from planner.state import t

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from ipps_geo.ledger import Account
    from ipps_geo.ledger.scenarios import Scenario


def author(who: Account) -> str:
    """Return how an account signs what it saves.

    >>> from ipps_geo.ledger import Account, Role
    >>> author(Account("li.hua", "李华", Role.DISTRICT, "110108"))
    'li.hua (district:110108)'
    """
    return f"{who.login} {_view(who)}"


def asked(place: DeltaGenerator, label: str, who: Account, *, key: str) -> str:
    """Ask who somebody is where nobody signs in; an account is known."""
    if who == DESK:
        return place.text_input(t(label), key=key, max_chars=40)
    return place.text_input(t(label), author(who), disabled=True, key=f"{key}_{who.login}")


def own(scenarios: Iterable[Scenario], who: Account) -> tuple[Scenario, ...]:
    """Return the scenarios that an account may see."""
    return tuple(each for each in scenarios if who.role in WHOLE or same(each, who))


def same(scenario: Scenario, who: Account) -> bool:
    """Return whether a scenario was saved from the view that an account has."""
    return who == DESK or scenario.saved_by.endswith(f" {_view(who)}")


def _view(who: Account) -> str:
    return f"({who.role.value}{'' if who.unit is None else f':{who.unit}'})"
