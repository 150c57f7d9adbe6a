"""Parts of scripts/synth: the tools, elaboration by slang, and mapping by yosys."""
