"""Parts of self-contained HTML pages: markup, style, tables, charts."""
