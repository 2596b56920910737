"""Events to runs to messages: the only package that knows the language, the rows and the channels."""
