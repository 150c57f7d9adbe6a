"""Parts of scripts/synth: the tools, elaboration by slang, and synthesis by yosys."""
