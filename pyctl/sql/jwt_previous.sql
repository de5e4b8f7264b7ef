select secrets.updated_at as since
from access.secrets
where secrets.name = 'jwt_previous'
