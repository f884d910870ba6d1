"""Words and pictures: workbooks, maps, dossiers, the atlas, and the catalogues of both languages.

Nothing below this room renders a word for people. Every writer takes validated tables or a frozen result, writes
beside the target, syncs and renames, and says on the page what is synthetic, of which day the data are, and that people
decide. Importing the room loads no drawing library.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
