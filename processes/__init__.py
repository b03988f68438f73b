"""Use cases where the rooms meet, by task.

people        who works here, how they prove it, how they come in
finding       the index as somebody may see it, one item, its content, lists
desk          corrections, access, holds, retrieval, the fonds register
uploading     handing in over the network
using         the use journal
auditing      every copy read to its end, judged, mended
replicating   sites: how they stand, brought up to date, given up
custody       the archive's own keys
recovery      views, index, database, a whole archive had back
destruction   ordered, supervised, carried out, certified
packages      what leaves the archive
proving       proofs for strangers
use_copies    what is looked at in place of an original
reading_room  visitors without an account, certified copies
reporting     figures, and the lists that archives print
printing      papers set as PDF/A
"""
