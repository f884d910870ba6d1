from .atlas import public_atlas as public_atlas
from .coverage import public_coverage as public_coverage
from .coverage import public_provenance as public_provenance
from .plan import public_plan as public_plan
