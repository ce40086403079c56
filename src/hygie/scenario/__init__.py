"""Attack steps, control effects and impact functions: from belief to arrays."""
