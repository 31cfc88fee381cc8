"""What a person sees and presses: the prompt, the screen, the answer. It knows no HTTP."""
