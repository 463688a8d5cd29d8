"""Tables of intakes, each distinct profile assessed once: `triage batch`."""
