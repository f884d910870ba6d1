from .location.covering.center import p_center as p_center
from .location.covering.location_set import location_set_covering as location_set_covering
from .location.covering.maximal import maximal_covering as maximal_covering
from .location.median.model import p_median as p_median
from .search.plan import Milestone as Milestone
from .search.plan import SitePlan as SitePlan
from .verify import verify_plan as verify_plan
from .workstations.model import plan_workstations as plan_workstations
