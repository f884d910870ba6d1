from .sites import scenario_sites as scenario_sites
from .sites import stations_for_target as stations_for_target
from .store import Event as Event
from .store import Scenario as Scenario
from .store import ScenarioStore as ScenarioStore
from .store import Visit as Visit
