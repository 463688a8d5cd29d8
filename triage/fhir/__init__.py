"""The questions, answers and outcomes of a pack in FHIR R4, for systems that ask and keep answers their own way."""
