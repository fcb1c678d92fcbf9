"""Secrets of every kind as they stand in logs, requests and answers: `@` in the text is where the secret stands."""

from __future__ import annotations

FERNET = "gAAAAA" + "Bk3-x_Q9" * 12
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----"

SECRETS = {
    "a password of clouds.yaml": ("clouds:\n  a:\n    auth: {'password': '@'}", "Tr0ub4dor-and-3"),
    "a fernet token": ("token is @ now", FERNET),
    "a fernet token with its padding": ("token=@&x", f"{FERNET}%3D%3D"),
    "a JWS token": ("got @ from it", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhYmMiLCJleHAiOjF9.c2lnbmF0dXJlLW9mLWl0LWFsbA"),
    "a uuid token": ("{'X-Auth-Token': '@'}", "4f1c2b8a9d3e4c5f8a7b6c5d4e3f2a1b"),
    "a subject token": ("X-Subject-Token: @\r\n", "4f1c2b8a9d3e4c5f8a7b6c5d4e3f2a1b"),
    "an application credential": ('{"application_credential": {"id": "x", "secret": "@"}}', "rEaSwoRtH-1_ofChance"),
    "an EC2 key": (
        '{"credential": {"access": "a", "secret": "@", "trust_id": null}}',
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    ),
    "an S3 authorisation": ("Authorization: AWS @", "AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg="),
    "an S3 signature": ("?AWSAccessKeyId=a&Expires=1&Signature=@&x=y", "vjbyPxybdZaNmGa%2ByT272YEAiv4%3D"),
    "an S3 signature of version 4": (
        "?X-Amz-Signature=@",
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    ),
    "a cookie": ("Cookie: session=@; theme=dark", "MTY5ODc2NTQzMnxEdi1CQkFFQ180SUFBUkFCRUFBQV"),
    "a cookie that is set": ("{'set-cookie': 'sessionid=@; HttpOnly'}", "38afes7a8d2f4c5b9e1a7c3d"),
    "basic authentication": ("'authorization': 'Basic @'", "ZGVtbzpodW50ZXIyMg=="),
    "a bearer token": ("Authorization: Bearer @", "ya29.a0AfH6SMBx-9vQ2kLmN3oP"),
    "a signature of a temporary URL": (
        "GET /v1/o?temp_url_sig=@&temp_url_expires=1",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ),
    "a key of temporary URLs": ("{'X-Account-Meta-Temp-URL-Key': '@'}", "mykey-of-chance-1"),
    "the second key of a container": ("{'x-container-meta-temp-url-key-2': '@'}", "mykey-of-chance-1"),
    "a password in a server's answer": ('{"server": {"id": "1", "adminPass": "@"}}', "Gc3KNjcM3chi"),
    "the same within a text in JSON": ('{"body": "{\\"adminPass\\": \\"@\\"}"}', "Gc3KNjcM3chi"),
    "the same as Python prints it": ("{u'admin_pass': u'@'}", "Gc3KNjcM3chi"),
    "a private key of a key pair": ('{"keypair": {"private_key": "@"}}', KEY.replace("\n", "\\n")),
    "user data": ('{"user_data": "@"}', "I2Nsb3VkLWNvbmZpZwpwYXNzd29yZDogaHVudGVyMjI="),
    "a password for SSH": ("connect({'username': 'cirros', 'password': '@'})", "gocubsgo"),
    "a password in SSHTimeout": ("Connection to 10.0.0.7 via SSH timed out.\nUser: root, Password: @\n", "F7$vK!Hv25o"),
    "a password that the SSH client logs": (
        "Creating ssh connection to '10.0.0.7:22' as 'root' with password @\n",
        "F7$vK!Hv25o",
    ),
    "a password in a URL": ("amqp://nova:@@127.0.0.1:5672/", "hunter22"),
}
