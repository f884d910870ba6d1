from .coverage import public_coverage as public_coverage
from .coverage import public_provenance as public_provenance
