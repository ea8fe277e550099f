from lhp.core.base_generator import Engine
