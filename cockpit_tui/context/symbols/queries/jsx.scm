; Text between tags.
(jsx_text) @prose
