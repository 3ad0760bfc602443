"""The user's mail: read by IMAP, sent by SMTP, both over guarded sockets."""
