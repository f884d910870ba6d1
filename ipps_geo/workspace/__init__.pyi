from .demo import generate_demo as generate_demo
from .demo import plant_flaws as plant_flaws
from .load import load_workspace as load_workspace
from .model import Source as Source
from .model import Workspace as Workspace
from .planted import PlantedFlaw as PlantedFlaw
from .save import save_workspace as save_workspace
