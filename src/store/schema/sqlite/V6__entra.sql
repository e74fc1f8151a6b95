-- Templates that name an application of Entra ID: looked through for each access token.
CREATE INDEX template_entra ON template (organization_id) WHERE entra_secret IS NOT NULL AND deleted_at IS NULL;
