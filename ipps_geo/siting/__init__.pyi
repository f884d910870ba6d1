from .covering.center import p_center as p_center
from .covering.location_set import location_set_covering as location_set_covering
from .covering.maximal import maximal_covering as maximal_covering
from .median.model import p_median as p_median
from .plan import Milestone as Milestone
from .plan import SitePlan as SitePlan
from .verify import verify_plan as verify_plan
from .workstations.model import plan_workstations as plan_workstations
