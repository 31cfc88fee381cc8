"""Who answers: models, the key, what an endpoint does with each parameter, and a first run without a key."""
