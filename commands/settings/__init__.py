"""What a request carries: parameters, the system message, stops, bias by word, profiles."""
