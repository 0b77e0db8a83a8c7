"""Which programs a container alone does not run."""

from qlines.programs import FOR_NODES, FOR_TWINS

FOR_SEVERAL = FOR_TWINS | FOR_NODES
