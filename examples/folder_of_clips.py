# %% [markdown]
# # A folder of clips
#
# What happens in each, what stands out, and one question to all. Run it as a script
# (`python examples/folder_of_clips.py clips/`), or cell by cell in an editor that knows `# %%`.

# %%
import sys
from collections import Counter
from pathlib import Path

import vidsense
from vidsense.batch.rows import Options, ResultsFile, describe_each
from vidsense.batch.videos import find_videos

folder = Path(sys.argv[1])
model = sys.argv[2] if len(sys.argv) > 2 else "none"

# %% [markdown]
# ## Describe them all
#
# One row each in `accounts.jsonl`; run it again and only new clips are looked at.

# %%
with ResultsFile(folder / "accounts.jsonl") as results:
    outcomes = list(describe_each(find_videos([folder]), Options(model=model), results=results))
print(Counter(outcome.state for outcome in outcomes))

# %% [markdown]
# ## What stands out

# %%
accounts = [outcome.row.description for outcome in outcomes if outcome.row and outcome.row.description]
for account in sorted(accounts, key=lambda account: -len(account.events)):
    kinds = Counter(fact.kind for fact in account.facts)
    print(f"{account.video}: {account.duration_s:.1f} s, {len(account.shots)} shots, {dict(kinds)}")

# %% [markdown]
# ## One question to all

# %%
answer = vidsense.ask_folder([folder], "when does something move?", model=model)
print(answer.answer)
