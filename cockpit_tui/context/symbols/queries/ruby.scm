; Ruby.
(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.class
(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.module
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant
(call method: (identifier) @call
  arguments: (argument_list . (string (string_content) @import))
  (#match? @call "^(require|require_relative|load|autoload)$"))
[(comment) (string_content)] @prose
