import lhp.core.orchestrator
