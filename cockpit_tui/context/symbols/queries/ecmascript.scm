; What JavaScript and TypeScript share.
(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(method_definition name: [(property_identifier) (private_property_identifier)] @name) @definition.method
(variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)]) @definition.function
(program (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant))
(program (export_statement
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant)))
(import_statement source: (string (string_fragment) @import))
(export_statement source: (string (string_fragment) @import))
(call_expression function: (identifier) @call
  arguments: (arguments . (string (string_fragment) @import)) (#eq? @call "require"))
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @import)))
[(comment) (string_fragment)] @prose
