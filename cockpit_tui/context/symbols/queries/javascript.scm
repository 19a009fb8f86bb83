; JavaScript only.
(class_declaration name: (identifier) @name) @definition.class
(class name: (identifier) @name) @definition.class
(field_definition
  property: (property_identifier) @name value: (arrow_function)) @definition.method
