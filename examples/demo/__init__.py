"""``make demo``: the whole story on real parts, in a folder that can be looked at afterwards.

    python -m examples.demo [--out demo] [--rows N] [--people N] [--seed S]

A root authority of three ministries, a real licence register and eight synthetic Chinese ones, evidence verified by a
process that has nothing but files, corrections and revocations, forgers at work, and a process killed in the middle of
a batch. What must come out is written beside what is done; the run fails loudly when anything else does.
"""
