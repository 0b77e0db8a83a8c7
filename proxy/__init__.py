"""The proxy's programs: what is seen ▶ ``decide`` (pure) ▶ ``act`` (nginx, certbot, openssl).

``controller`` is the loop beside nginx; ``python -m proxy`` is the way in.
"""
