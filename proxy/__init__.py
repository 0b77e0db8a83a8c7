"""The proxy's programs: what is seen ▶ ``decide`` (pure) ▶ ``act`` (nginx, certbot, DNS).

``controller`` is the loop beside nginx; ``python -m proxy`` is the way in.
"""
