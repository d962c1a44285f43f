#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""netdata_rate.py - from Netdata's /api/v1/charts on stdin: values per second, each chart by its own interval."""
import json
import sys

FRESH_S = 15  # longer than any interval of the charts that are counted

charts = json.load(sys.stdin)["charts"].values()
newest = max((chart["last_entry"] for chart in charts), default=0)
rate = sum(len(chart["dimensions"]) / chart["update_every"]
           for chart in charts if chart["last_entry"] > newest - FRESH_S)
print(f"{rate:.4f}")
