"""The pages of a desk in the browser, as values: what a form says, and what is shown of it."""
