"""What is counted: tokens, costs, the context window, budgets, and how sure the model was."""
