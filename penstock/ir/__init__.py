"""KFP's intermediate representation as plain typed data. Nothing here imports `kfp`."""

from penstock.ir.pipeline import Pipeline
from penstock.ir.reader import read_ir

__all__ = ["Pipeline", "read_ir"]
