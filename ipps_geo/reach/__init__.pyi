from .matrix import Reach as Reach
