; What stands in a Python file. @prose is text for people; names inside it are no references.
(class_definition name: (identifier) @name) @definition.class
(function_definition name: (identifier) @name) @definition.function
(module (expression_statement (assignment left: (identifier) @name) @definition.constant))
[(comment) (string_content)] @prose
