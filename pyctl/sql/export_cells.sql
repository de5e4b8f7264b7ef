select line.cells
from access.intent_cells(%(site)s, %(ids)s, %(separator)s) as line
