"""`make bench`: the figures of docs/performance.md, beside a baseline of the same run."""
