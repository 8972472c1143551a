"""A scan on Apache Spark: `scan` takes a DataFrame, `scan_files` files; nothing of Spark is loaded before they are
called.
"""

from dedup.engines.spark.layout import Limits
from dedup.engines.spark.run import SparkResult, scan, scan_files

__all__ = ["Limits", "SparkResult", "scan", "scan_files"]
