"""HTML to PDF; knows no domain."""
